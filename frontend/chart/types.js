// The shapes that the modules of the live chart share. Nothing here runs.

/**
 * One bar's figures, exact decimals as the server wrote them, in the chart's currency.
 * @typedef {object} Bar
 * @property {string} open
 * @property {string} high
 * @property {string} low
 * @property {string} close
 * @property {string} volume_usd value of the trades, in the chart's currency too
 * @property {number | null} [trades]
 * @property {number | null} sources `null` while only the page's own stream has told of the bar
 * @property {"traded" | "filled" | "repaired" | "gap"} kind
 */

/**
 * A bar's interval, and the bar if anything was seen of it.
 * @typedef {object} Window
 * @property {string} open_time RFC 3339
 * @property {Bar | null} bar
 */

/**
 * What `/charts/{token}.json` and `/compare.json` answer; the latter without windows and kind.
 * @typedef {object} Answer
 * @property {string} step the length of a bar as addresses have it: `1h`
 * @property {number} step_ms
 * @property {string} from the first moment of this piece
 * @property {string} until the end of this piece, exclusive
 * @property {string} at the server's clock
 * @property {string | null} [open_time] the first moment of the bar that is still running
 * @property {string | null} [first_held] the opening of the oldest bar there is
 * @property {"candles" | "line" | "area"} [kind]
 * @property {{code: string}} [currency]
 * @property {Window[]} [windows]
 * @property {Option} option
 */

/**
 * An ECharts option, as far as these modules look into it.
 * @typedef {{series: Series[], xAxis: Axis | Axis[], yAxis: Axis | Axis[], useUTC?: boolean} & Record<string, any>} Option
 */

/** @typedef {{id: string, data: Datum[]} & Record<string, any>} Series */

/** @typedef {{min?: number | string, max?: number | string} & Record<string, any>} Axis */

/**
 * A value of a series. Its first cell is its time in milliseconds.
 * @typedef {Cell[] | ({value: Cell[]} & Record<string, any>)} Datum
 */

/** @typedef {number | string | null} Cell */

/**
 * What is loaded, over all pieces.
 * @typedef {object} Holding
 * @property {string} step
 * @property {number} stepMs
 * @property {number} from the first moment loaded
 * @property {number} until the end of what is loaded, exclusive
 * @property {number | null} openTime the first moment of the bar that is still running
 * @property {number | null} firstHeld the opening of the oldest bar there is
 * @property {"candles" | "line" | "area" | undefined} kind
 * @property {string} code the currency's code
 * @property {Option} option everything that does not depend on the piece
 * @property {Map<string, Datum[]>} data by series id, ascending in time
 * @property {Map<number, Bar | null>} bars by opening
 */

/**
 * What part of the time axis is shown, in milliseconds.
 * @typedef {{start: number, end: number}} View
 */

export {};

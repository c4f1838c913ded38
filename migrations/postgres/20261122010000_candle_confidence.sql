-- Half the confidence band of a candle's last price, so that a chart can show it. The candles held so far
-- do not say it. Every partition gets the column with its parent, and those made later copy it.

alter table candle add column confidence numeric;

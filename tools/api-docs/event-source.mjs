// As much of a browser's EventSource as docs/API.md uses, for Node.js, which has none before version 22.
globalThis.EventSource ??= class extends EventTarget {
  #abort = new AbortController();

  constructor(address) {
    super();
    this.#read(address);
  }

  close() {
    this.#abort.abort();
  }

  async #read(address) {
    try {
      const response = await fetch(address, { signal: this.#abort.signal });
      const decoder = new TextDecoder();
      let text = "";
      for await (const bytes of response.body) {
        text += decoder.decode(bytes, { stream: true });
        const blocks = text.split("\n\n");
        text = blocks.pop();
        for (const block of blocks) this.#tell(block);
      }
    } catch (error) {
      if (!this.#abort.signal.aborted) throw error;
    }
  }

  #tell(block) {
    const field = (name) => block.split("\n").find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
    const data = field("data");
    if (data !== undefined) this.dispatchEvent(new MessageEvent(field("event") ?? "message", { data }));
  }
};

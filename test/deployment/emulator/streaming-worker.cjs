// Runs in each function's process of the emulator, before the emulator's own code there: what Lambda's runtime offers for answers in
// pieces. The pieces go to the gateway (streaming_emulator.py) over a connection of their own, whose address and ticket the event brings.
{
  const net = require('node:net');
  const { Writable } = require('node:stream');

  /** First line: the ticket. Second: the prelude, with the first write. Then the body, as it is written. */
  class GatewayStream extends Writable {
    constructor({ port, ticket }) {
      super();
      this.prelude = { statusCode: 200, headers: {} };
      this.begun = false;
      this.socket = net.connect(port, '127.0.0.1').on('error', (error) => this.destroy(error));
      this.socket.write(`${ticket}\n`);
    }

    begin() {
      if (this.begun) return;
      this.begun = true;
      this.socket.write(`${JSON.stringify(this.prelude)}\n`);
    }

    _write(piece, _encoding, done) {
      this.begin();
      this.socket.write(piece, done);
    }

    _final(done) {
      this.begin();
      this.socket.end(done);
    }
  }

  /** For events that no gateway brings, such as those of a schedule: nobody reads the answer. */
  const unread = () =>
    new Writable({
      write: (_piece, _encoding, done) => done(),
    });

  globalThis.awslambda = {
    streamifyResponse: (handler) => async (event, context) => {
      const { __stream: address, ...rest } = event;
      const stream = address ? new GatewayStream(address) : unread();
      const finished = new Promise((resolve, reject) => stream.on('finish', resolve).on('error', reject));
      finished.catch(() => {});
      try {
        await handler(rest, stream, context);
      } catch (error) {
        stream.socket?.destroy();
        throw error;
      }
      stream.end();
      await finished;
    },
    HttpResponseStream: {
      from: (stream, prelude) => Object.assign(stream, { prelude: { headers: {}, ...prelude } }),
    },
  };
}

import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

export interface TcpGate {
  port: number;
  /** Cuts every connection, and refuses new ones. */
  close(): Promise<void>;
  /** Keeps every connection, and takes new ones, but nothing goes through any more. */
  silence(): void;
  open(): Promise<void>;
}

/** Stands between a client and a server on loopback, and is closed, silent or open. */
export async function startTcpGate(target: number): Promise<TcpGate> {
  const sockets = new Set<Socket>();
  let silent = false;
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
    }
    client
      .on('data', (chunk) => silent || upstream.write(chunk))
      .on('close', () => upstream.destroy());
    upstream
      .on('data', (chunk) => silent || client.write(chunk))
      .on('close', () => client.destroy());
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const port = await listen(0);

  return {
    port,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    silence: () => {
      silent = true;
    },
    open: async () => {
      silent = false;
      if (!server.listening) await listen(port);
    },
  };
}

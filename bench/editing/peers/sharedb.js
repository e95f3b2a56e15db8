// ShareDB as its manual has it: its own stream over WebSockets, its memory store, text as ot-text-unicode.
import WebSocketJSONStream from "@teamwork/websocket-json-stream";
import { createServer } from "node:http";
import { type } from "ot-text-unicode";
import ShareDB from "sharedb";
import { WebSocketServer } from "ws";
import { textOf, tellWhereItIs } from "./start.js";

ShareDB.types.register(type);
const share = new ShareDB();
const connection = share.connect();
const made = new Map();

function make(room) {
  if (!made.has(room)) {
    const create = (done, failed) =>
      connection.get("texts", room).create(textOf(), type.uri, (error) => (error ? failed(error) : done()));
    made.set(room, new Promise(create));
  }
  return made.get(room);
}

const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on("connection", (socket, request) => {
  socket.pause(); // what comes before the text is there waits
  make(request.url.slice(1)).then(() => {
    share.listen(new WebSocketJSONStream(socket), request);
    socket.resume();
  });
});
server.listen(0, "127.0.0.1", () => tellWhereItIs(server));

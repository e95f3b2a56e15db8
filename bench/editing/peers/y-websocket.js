// y-websocket's own server, with the text of a new room in it.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { WebSocketServer } from "ws";
import { textOf, tellWhereItIs } from "./start.js";

const { setContentInitializor, setupWSConnection } = createRequire(import.meta.url)("y-websocket/bin/utils");

setContentInitializor(async (doc) => {
  doc.clientID = 1;
  doc.getText("text").insert(0, textOf());
});

const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on("connection", setupWSConnection);
server.listen(0, "127.0.0.1", () => tellWhereItIs(server));

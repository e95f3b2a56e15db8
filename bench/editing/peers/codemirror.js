// A CodeMirror authority: the document and its updates in memory, each push rebased and told to everybody at once.
import { rebaseUpdates } from "@codemirror/collab";
import { ChangeSet, Text } from "@codemirror/state";
import { createServer } from "node:http";
import { WebSocketServer } from "ws";
import { textOf, tellWhereItIs } from "./start.js";

const rooms = new Map();

function roomOf(name) {
  let room = rooms.get(name);
  if (!room) {
    room = { doc: Text.of(textOf().split("\n")), updates: [], people: new Set() };
    rooms.set(name, room);
  }
  return room;
}

const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on("connection", (socket, request) => {
  const room = roomOf(request.url);
  room.people.add(socket);
  socket.send(JSON.stringify({ type: "opened", version: room.updates.length, text: room.doc.toString() }));
  socket.on("close", () => room.people.delete(socket));
  socket.on("message", (data) => {
    const push = JSON.parse(data);
    let received = push.updates.map((u) => ({ clientID: u.client, seq: u.seq, changes: ChangeSet.fromJSON(u.changes) }));
    const seqs = received.map((u) => u.seq);
    if (push.version !== room.updates.length) {
      received = rebaseUpdates(received, room.updates.slice(push.version));
    }
    const version = room.updates.length;
    const told = [];
    received.forEach((update, number) => {
      room.updates.push(update);
      room.doc = update.changes.apply(room.doc);
      told.push({ client: update.clientID, seq: seqs[number], changes: update.changes.toJSON() });
    });
    const frame = JSON.stringify({ type: "updates", version, updates: told });
    for (const person of room.people) person.send(frame);
  });
});
server.listen(0, "127.0.0.1", () => tellWhereItIs(server));

// Hocuspocus as it comes, with the text of a new room in it.
import { Server } from "@hocuspocus/server";
import { textOf, tellWhereItIs } from "./start.js";

const server = new Server({
  port: 0,
  address: "127.0.0.1",
  quiet: true,
  async onLoadDocument({ document }) {
    document.clientID = 1;
    document.getText("text").insert(0, textOf());
  },
});
await server.listen();
tellWhereItIs(server.httpServer);

// What every peer is started with: how long the text of a new room is. And how the bench learns where it is.
const LINE = "The quick brown fox jumps over the lazy dog, again and again.\n";

export function textOf() {
  const units = Number(process.argv[2]);
  return LINE.repeat(Math.floor(units / LINE.length) + 1).slice(0, units);
}

export function tellWhereItIs(server) {
  console.log(`Serving on http://127.0.0.1:${server.address().port}`);
}

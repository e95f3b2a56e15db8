/** The bars of the page, from the readings: `node web/chart.js < data/readings.csv`. */
const lines = require('node:fs').readFileSync(0, 'utf-8').trim().split(/\r?\n/).slice(1)

for (const line of lines) {
  const [day, , high, rain] = line.split(',')
  const wet = Number(rain) > 0 ? ' class="wet"' : ''
  console.log(`<li style="--high: ${high}"${wet}>${day}</li>`)
}

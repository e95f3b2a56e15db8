/** Milliseconds of the processor since `begun`, of this process alone: unlike the clock, they do not depend on what else the machine does. */
export function processorSince(begun: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(begun)
  return (user + system) / 1000
}

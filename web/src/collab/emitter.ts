/** A small typed emitter. A handler that throws does not keep the others from hearing. */
export class Emitter<Kinds> {
  private readonly handlers = new Map<keyof Kinds, Set<(value: never) => void>>()

  on<K extends keyof Kinds>(event: K, handler: (value: Kinds[K]) => void): () => void {
    const set = this.handlers.get(event) ?? new Set()
    this.handlers.set(event, set)
    set.add(handler)
    return () => void set.delete(handler)
  }

  emit<K extends keyof Kinds>(event: K, value: Kinds[K]): void {
    for (const handler of [...(this.handlers.get(event) ?? [])]) {
      try {
        ;(handler as (value: Kinds[K]) => void)(value)
      } catch (error) {
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }
}

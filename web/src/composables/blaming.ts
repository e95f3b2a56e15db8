/** From a live text to its blame: what is typed is committed first, so that every line has its revision. */
import { useRouter } from 'vue-router'
import { fileText } from '@/api/history'
import { sentence, toast } from '@/composables/toasts'
import { lookingQuery } from '@/model/looking'

export function useBlaming(session: string): (path: string) => Promise<void> {
  const router = useRouter()
  return async (path) => {
    try {
      const { revision } = await fileText(session, path)
      await router.push({
        name: 'history',
        params: { id: session, revision },
        query: lookingQuery({ view: 'blame', file: path }),
      })
    } catch (error) {
      toast(sentence(error), { bad: true })
    }
  }
}

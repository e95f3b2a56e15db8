/** The pages and their addresses. Each page is its own chunk: only a session's pages load the editor. */
import { createRouter, createWebHistory } from 'vue-router'
import { loadMe } from '@/composables/me'
import { announcePage } from '@/composables/announce'
import { ApiError } from '@/api/request'

declare module 'vue-router' {
  interface RouteMeta {
    /** Seen without being logged in. */
    open?: boolean
  }
}

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/login', name: 'login', component: () => import('@/views/LoginView.vue'), meta: { open: true } },
    { path: '/join', name: 'join', component: () => import('@/views/JoinView.vue'), meta: { open: true } },
    { path: '/', name: 'sessions', component: () => import('@/views/SessionsView.vue') },
    { path: '/account', name: 'account', component: () => import('@/views/AccountView.vue') },
    {
      path: '/admin/:part(sessions|log)?',
      name: 'admin',
      component: () => import('@/views/AdminView.vue'),
      props: true,
    },
    {
      path: '/certificate',
      name: 'certificate',
      component: () => import('@/views/CertificateView.vue'),
      meta: { open: true },
    },
    {
      path: '/help/:name(.*)?',
      name: 'help',
      component: () => import('@/views/HelpView.vue'),
      props: ({ params }) => ({ name: String(params.name ?? '').replace(/\/$/, '') }),
      meta: { open: true },
    },
    { path: '/reset', name: 'reset', component: () => import('@/views/ResetView.vue'), meta: { open: true } },
    {
      path: '/s/:id',
      component: () => import('@/views/SessionView.vue'),
      props: true,
      children: [
        { path: '', name: 'session', component: () => import('@/views/WorkspaceView.vue') },
        {
          path: 'history/playback',
          name: 'playback',
          component: () => import('@/views/PlaybackView.vue'),
        },
        {
          path: 'history/:revision?',
          name: 'history',
          component: () => import('@/views/HistoryView.vue'),
          props: ({ params }) => ({ revision: params.revision || null }),
        },
      ],
    },
    {
      path: '/:rest(.*)*',
      name: 'nothing',
      component: () => import('@/views/NotFoundView.vue'),
      meta: { open: true },
    },
  ],
})

router.beforeEach(async (to) => {
  if (to.meta.open) return true
  try {
    await loadMe()
    return true
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) {
      // The link that a new server prints for its first account.
      if (to.hash.startsWith('#setup=')) return { name: 'login', hash: to.hash }
      return { name: 'login', query: to.fullPath === '/' ? {} : { next: to.fullPath } }
    }
    throw error
  }
})

router.afterEach((to, from) => {
  if (from.matched.length && to.name !== from.name) announcePage()
})

/** Where to go after logging in: a path of this server and nothing else. */
export function safeNext(next: unknown): string {
  if (typeof next !== 'string' || !next.startsWith('/')) return '/'
  try {
    // As a browser reads it: without tabs and line breaks, with / for \ and without ..
    const { origin, pathname, search, hash } = new URL(next, window.location.origin)
    const here = origin === window.location.origin && !pathname.startsWith('//')
    return here ? pathname + search + hash : '/'
  } catch {
    return '/'
  }
}

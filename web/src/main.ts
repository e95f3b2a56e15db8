import { createApp } from 'vue'
import App from '@/App.vue'
import { onLoggedOut } from '@/api/request'
import { forgetMe } from '@/composables/me'
import { applyTheme } from '@/composables/theme'
import { router } from '@/router'
import '@/styles/tokens.css'
import '@/styles/base.css'
import '@/styles/controls.css'
import '@/styles/people.css'
import '@/styles/frame.css'
import '@/styles/code.css'
import '@/styles/markdown.css'
import '@/styles/prose.css'

applyTheme()

onLoggedOut(() => {
  forgetMe()
  const route = router.currentRoute.value
  // A session says itself that one was logged out, and keeps the text on the screen.
  if (route.name && !route.meta.open && route.params.id === undefined) {
    void router.replace({ name: 'login', query: { next: route.fullPath, out: '1' } })
  }
})

createApp(App).use(router).mount('#app')

import './styles/main.css'
import { createPinia } from 'pinia'
import urql from '@urql/vue'
import { createApp } from 'vue'
import App from './App.vue'
import { createDefaultViews, defaultViewsKey } from './features/view/default-views.ts'
import { writeQueryKey } from './composables/useUrlState.ts'
import { createGraphql } from './graphql/client.ts'
import { uncachedKey } from './graphql/uncached.ts'
import { createLive, liveKey } from './live/live.ts'
import { createWaybillRouter, signInAgain } from './router.ts'

const router = createWaybillRouter()
const onUnauthenticated = () => signInAgain(router)
const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
const live = createLive({ url: `${scheme}://${location.host}/graphql`, onUnauthenticated })

const options = { url: '/graphql', socket: live.socket, onUnauthenticated }
// Who is not signed in is sent to do so by the page itself, which knows the way back.
const defaultViews = createDefaultViews(createGraphql({ ...options, onUnauthenticated: () => {}, cached: false }))
router.beforeEach(defaultViews.open)

createApp(App)
  .use(createPinia())
  .use(router)
  .use(urql, createGraphql(options))
  .provide(uncachedKey, createGraphql({ ...options, cached: false }))
  .provide(liveKey, live)
  .provide(defaultViewsKey, defaultViews)
  .provide(writeQueryKey, defaultViews.write)
  .mount('#app')

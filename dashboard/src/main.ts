import './styles/main.css'
import { createPinia } from 'pinia'
import urql from '@urql/vue'
import { createApp } from 'vue'
import App from './App.vue'
import { createGraphql } from './graphql/client.ts'
import { uncachedKey } from './graphql/uncached.ts'
import { createLive, liveKey } from './live/live.ts'
import { createWaybillRouter, signInAgain } from './router.ts'

const router = createWaybillRouter()
const onUnauthenticated = () => signInAgain(router)
const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
const live = createLive({ url: `${scheme}://${location.host}/graphql`, onUnauthenticated })

const options = { url: '/graphql', socket: live.socket, onUnauthenticated }

createApp(App)
  .use(createPinia())
  .use(router)
  .use(urql, createGraphql(options))
  .provide(uncachedKey, createGraphql({ ...options, cached: false }))
  .provide(liveKey, live)
  .mount('#app')

// The other side of deliveries.ts, in a process of its own so that its CPU is not counted: opens sockets, counts messages.
import { WebSocket } from 'ws'

const [url, count, query] = process.argv.slice(2)
let messages = 0
let ready = 0
for (let n = 0; n < Number(count); n++) {
  const socket = new WebSocket(url!, 'graphql-transport-ws', { perMessageDeflate: false })
  socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { token: `person-${n}` } })))
  socket.on('message', (data: Buffer) => {
    if (data.includes('connection_ack')) {
      ready++
      socket.send(JSON.stringify({ type: 'subscribe', id: 'a', payload: { query, variables: { maxHz: 60 } } }))
    } else messages++
  })
}
process.on('message', () => process.send!({ messages, ready }))

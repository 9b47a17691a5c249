/**
 * The storefront of the sample estate: a small HTTP service without dependencies. One program plays every part; a web
 * host has an api as upstream, an api a cache, a cache nothing.
 *
 *   /version  { name, version, digest } of the release it was started from, read once at the start
 *   /healthz  200 or 503 with the reason
 *   /         the catalogue
 */
import { readFileSync } from 'node:fs'
import { Agent, createServer, request } from 'node:http'

const read = (file) => JSON.parse(readFileSync(file, 'utf8'))

/** Starts the service. `portOf(upstream)` is asked whenever a connection is made, since ports may change. */
export async function start({ port, releaseFile, upstreams, portOf, log }) {
  const { name, version, digest } = read(releaseFile)
  const catalogue = read(new URL('./catalogue.json', import.meta.url))
  const links = upstreams.map((upstream) => keepConnected(upstream, portOf, log))
  let lastReason

  const routes = {
    '/version': () => [200, { name, version, digest }],
    '/healthz': () => {
      const reason = faultOf(catalogue)
      if (reason && reason !== lastReason) log('error', `health check failed: ${reason}`)
      lastReason = reason
      return [reason ? 503 : 200, { healthy: !reason, reason, upstreams: links.map((link) => link.state()) }]
    },
    '/': () => [200, catalogue],
  }
  const server = createServer((asked, answer) => {
    const route = routes[new URL(asked.url, 'http://localhost').pathname]
    const [status, body] = route ? route() : [404, { reason: 'there is no such page' }]
    answer.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  server.keepAliveTimeout = 60_000 // longer than the pause between two questions of a host that depends on this one
  await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host: '127.0.0.1' }, resolve)
  })
  log('info', `${name} ${version} listens on port ${server.address().port}`)
  return {
    port: server.address().port,
    close: () =>
      new Promise((resolve) => {
        for (const link of links) link.close()
        server.close(resolve)
        server.closeAllConnections()
      }),
  }
}

/** What a storefront cannot sell without. */
function faultOf({ currency, items }) {
  if (!currency) return 'catalogue.json names no currency, so no price can be shown'
  const unpriced = items.find((item) => !(item.price > 0))
  return unpriced && `catalogue.json has no price for ${unpriced.name}`
}

/** Holds one TCP connection to an upstream open by asking it every second whether it is there. */
function keepConnected(upstream, portOf, log) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  let connected = false
  let closed = false
  let timer
  const settle = (now, detail) => {
    if (closed) return
    if (now !== connected) log(now ? 'info' : 'warn', now ? `connected to ${upstream}` : `lost ${upstream}: ${detail}`)
    connected = now
    timer = setTimeout(beat, 1_000)
  }
  const beat = () => {
    let port
    try {
      port = portOf(upstream)
    } catch (error) {
      return settle(false, error.message)
    }
    const asking = request({ host: '127.0.0.1', port, path: '/version', agent, timeout: 3_000 }, (answer) => {
      answer.resume().on('end', () => settle(true))
    })
    asking.on('timeout', () => asking.destroy(new Error('no answer')))
    asking.on('error', (error) => settle(false, error.message))
    asking.end()
  }
  beat()
  return {
    state: () => ({ name: upstream, connected }),
    close: () => {
      closed = true
      clearTimeout(timer)
      agent.destroy()
    },
  }
}

/**
 * The product's own pages for launch in context, on a loopback port of their own: the jobs of a deployment or of a host,
 * read from the hosts' state folders whenever they are asked for.
 */
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { LaunchContext } from '../integration.ts'
import { findHosts, hostOf, readFacts } from './host.ts'
import { jobPage, notFoundPage, pageCss } from './job-page-html.ts'
import type { HostJobs } from './job-page-html.ts'
import { readMarkers } from './marker.ts'

export interface JobPageProduct {
  id: string
  name: string
  folder: string
}

export interface JobPages {
  /** The link; the first one starts the server. */
  urlOf(product: JobPageProduct, context: LaunchContext): Promise<string>
  close(): Promise<void>
}

export function createJobPages(port: number): JobPages {
  const products = new Map<string, JobPageProduct>()
  let starting: Promise<Server> | undefined
  const listen = () =>
    new Promise<Server>((resolve, reject) => {
      const server = createServer((request, response) => void answer(products, request, response))
      server.once('error', reject)
      server.listen({ port, host: '127.0.0.1' }, () => resolve(server.unref()))
    })

  return {
    async urlOf(product, context) {
      products.set(product.id, product)
      starting ??= listen().catch((error: unknown) => {
        starting = undefined
        const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
        throw taken ? new Error(`The port ${port} for the job pages is in use by another program.`) : error
      })
      const address = (await starting).address()
      const base = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : port}`
      const path = ['products', product.id]
      if (context.deploymentId) path.push('deployments', context.deploymentId)
      if (context.targetKey) path.push('hosts', context.targetKey)
      return `${base}/${path.map(encodeURIComponent).join('/')}`
    },
    async close() {
      const server = await starting?.catch(() => undefined)
      starting = undefined
      server?.closeAllConnections()
      await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)))
    },
  }
}

async function answer(products: Map<string, JobPageProduct>, request: IncomingMessage, response: ServerResponse) {
  const send = (status: number, html: string, type = 'text/html') =>
    response
      .writeHead(status, {
        'content-type': `${type}; charset=utf-8`,
        'content-security-policy':
          "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
      })
      .end(request.method === 'HEAD' ? undefined : html)
  try {
    // Another name for this address would let a foreign page read the answers (DNS rebinding).
    if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? '')) return send(421, notFoundPage())
    if (request.method !== 'GET' && request.method !== 'HEAD') return send(405, notFoundPage())
    const path = new URL(request.url ?? '/', 'http://127.0.0.1').pathname
    if (path === '/style.css') return send(200, pageCss, 'text/css')
    const found = await pageOf(products, path)
    send(found ? 200 : 404, found ?? notFoundPage())
  } catch {
    send(404, notFoundPage())
  }
}

/** /products/ID, with /deployments/ID and /hosts/KEY to narrow it. */
async function pageOf(products: Map<string, JobPageProduct>, path: string): Promise<string | undefined> {
  const parts = path.split('/').slice(1).map(decodeURIComponent)
  if (parts.length % 2) return undefined
  const named = Object.fromEntries(Array.from({ length: parts.length / 2 }, (_, i) => [parts[2 * i], parts[2 * i + 1]]))
  const product = products.get(named.products ?? '')
  if (!product) return undefined
  const all = named.hosts === undefined ? await findHosts(product.folder) : [hostOf(product.folder, named.hosts)]
  const jobs = await Promise.all(
    all.map(async (host): Promise<HostJobs> => {
      const [facts, markers] = [await readFacts(host).catch(() => undefined), await readMarkers(host)]
      const wanted = markers.filter(({ deploymentId }) => [undefined, deploymentId].includes(named.deployments))
      return { host: host.key, facts, markers: wanted.slice(0, 50) }
    }),
  )
  return jobPage(product, { deployment: named.deployments, host: named.hosts }, jobs)
}

/**
 * A server that answers as the documents of TADDM 7.3 describe its REST API, and takes nothing else: a request that they do
 * not describe is kept in `strange`, and the test has to find it empty.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ModelObject {
  _class: string
  guid: string
  [attribute: string]: unknown
}

export interface TaddmDouble {
  url: string
  user: string
  password: string
  /** Of the model, by the class that is asked for. */
  model: Record<string, ModelObject[]>
  /** What the next requests get instead of an answer: a status, or silence. */
  failures: (number | 'silence' | 'hang up' | 'no json')[]
  /** "query @position" of each request. */
  asked: string[]
  strange: string[]
  close(): Promise<void>
}

const PARAMETERS = ['query', 'depth', 'fetchSize', 'position', 'feed', 'mssGuid', 'longClassName']

export async function startTaddm(model: Record<string, ModelObject[]> = {}): Promise<TaddmDouble> {
  const server = createServer((request, response) => answer(double, request, response))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const double: TaddmDouble = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    user: 'operator',
    password: 'sesame-9&?',
    model,
    failures: [],
    asked: [],
    strange: [],
    close: () => {
      server.closeAllConnections()
      return new Promise((done) => server.close(() => done()))
    },
  }
  return double
}

function answer(double: TaddmDouble, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url!, double.url)
  const strange = strangenessOf(request, pathname, searchParams)
  if (strange) {
    double.strange.push(`${request.method} ${request.url}: ${strange}`)
    response.writeHead(404).end()
    return
  }
  const failure = double.failures.shift()
  if (failure === 'silence') return
  if (failure === 'hang up') return void request.socket.destroy()
  if (failure === 'no json') return void response.writeHead(200, { 'content-type': 'text/html' }).end('<html></html>')
  if (failure !== undefined) return void response.writeHead(failure).end('<html>Internal error</html>')
  const credentials = `Basic ${Buffer.from(`${double.user}:${double.password}`).toString('base64')}`
  if (request.headers.authorization !== credentials) {
    return void response.writeHead(401, { 'www-authenticate': 'Basic realm="taddm"' }).end()
  }
  const query = searchParams.get('query')!
  // The documents' defaults.
  const [fetchSize, position] = [Number(searchParams.get('fetchSize') ?? 1), Number(searchParams.get('position') ?? 0)]
  double.asked.push(`${query} @${position}`)
  const className = /^select \* from (?:only )?([\w.]+)(?: where .+)?$/i.exec(query)?.[1]
  const objects = className === undefined ? undefined : double.model[className]
  if (!objects) return void response.writeHead(400).end(`<p>Unknown class ${className ?? query}</p>`)
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(objects.slice(position, position + fetchSize)))
}

function strangenessOf({ method }: IncomingMessage, path: string, parameters: URLSearchParams): string | undefined {
  if (method !== 'GET') return 'reading sends GET only'
  if (path !== '/rest/model/MQLQuery') return 'no documented address of the API'
  const unknown = [...parameters.keys()].find((name) => !PARAMETERS.includes(name))
  if (unknown) return `there is no parameter ${unknown}`
  if (!parameters.get('query')) return 'the query is missing'
  if (parameters.get('depth') !== '1') return 'a depth other than 1 can exhaust the server'
  if (parameters.get('feed') !== 'json') return 'only JSON is doubled'
  if (!/^[1-9]\d*$/.test(parameters.get('fetchSize') ?? '1')) return 'fetchSize is no number'
  if (!/^\d+$/.test(parameters.get('position') ?? '0')) return 'position is no number'
  return undefined
}

const guid = (n: number) => n.toString(16).toUpperCase().padStart(32, 'A')

/** Hosts with a system, an interface and an address each. */
export function smallModel(hosts: number): Record<string, ModelObject[]> {
  const each = <T>(make: (n: number) => T) => Array.from({ length: hosts }, (_, n) => make(n))
  return {
    ComputerSystem: each((n) => ({
      _class: 'LinuxUnitaryComputerSystem',
      guid: guid(n * 10),
      displayName: `host${n}`,
      fqdn: `host${n}.example.net`,
      serialNumber: `SN-${n}`,
      primaryMACAddress: '0200000000AA',
      OSRunning: { _class: 'Linux', guid: guid(n * 10 + 1) },
    })),
    OperatingSystem: each((n) => ({
      _class: 'Linux',
      guid: guid(n * 10 + 1),
      displayName: `Linux of host${n}`,
      OSName: 'Debian GNU/Linux',
      OSVersion: '12',
    })),
    IpInterface: each((n) => ({
      _class: 'IpInterface',
      guid: guid(n * 10 + 2),
      name: 'eth0',
      parent: { _class: 'LinuxUnitaryComputerSystem', guid: guid(n * 10) },
      ipAddress: { _class: 'IpV4Address', guid: guid(n * 10 + 3) },
    })),
    IpAddress: each((n) => ({ _class: 'IpV4Address', guid: guid(n * 10 + 3), stringNotation: `192.0.2.${n}` })),
    AppServer: [],
  }
}

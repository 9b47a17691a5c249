import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { DiscoveryAdapter, Problem, ReadOrder, SeenItem, Sighting, Where } from '../adapter.ts'
import { checkConfig, configFields } from './config.ts'
import { parseJson, type JsonFault } from '../json-text.ts'
import { known, machineFacts, marksOf, partsOf, type Facts } from './facts.ts'
import { InventoryFault, inventoryOf, type InventoryHost, type InventoryText } from './inventory.ts'
import type { Places } from './places.ts'

const MOST_BYTES = 32 * 1024 * 1024

export const ansibleAdapter = (): DiscoveryAdapter => ({
  id: 'ansible',
  title: 'Ansible inventory',
  configFields,
  checkConfig,
  upload: { endings: ['.yml', '.yaml', '.ini', '.json'], maxSize: MOST_BYTES },
  read,
})

/** Variables that become attributes; the names of all others are listed, never their values. */
const ADDRESS = ['ansible_host', 'ansible_ssh_host', 'ip']
const PORT = ['ansible_port', 'ansible_ssh_port', 'port']
const TAKEN = new Set([...ADDRESS, ...PORT, 'description'])

async function* read(order: ReadOrder): AsyncGenerator<Sighting> {
  const { name, text } = await inventoryText(order)
  yield { kind: 'scope', name: 'inventory', of: 1 }
  const told = toldBy(name, text)
  if ('kind' in told) return yield told
  const { hosts, places } = told
  const folder = order.upload ? undefined : (order.product.config.facts as string | undefined)
  const cached = new Set(folder ? await namesIn(folder) : [])
  const left = new Map<string, InventoryHost[]>()
  let whole = true
  for (const host of hosts) {
    order.signal.throwIfAborted()
    for (const variable of Object.keys(host.variables)) {
      if (TAKEN.has(variable)) continue
      const others = left.get(variable)
      if (others) others.push(host)
      else left.set(variable, [host])
    }
    const facts = cached.has(host.name) ? await factsOf(join(folder!, host.name)) : {}
    if (facts instanceof Error) {
      whole = false
      const { line, column } = facts as Partial<JsonFault>
      yield problem('facts', `The facts of ${host.name} cannot be read: ${facts.message}.`, {
        source: join(folder!, host.name),
        ...(line ? { line, column } : {}),
        element: host.name,
      })
    }
    const line = places.lineOfHost(host.written)
    const where = { source: name, ...(line ? { line } : {}), element: host.name }
    yield machineOf(host, facts instanceof Error ? {} : facts, where)
    if (!(facts instanceof Error)) yield* partsOf(host.name, facts)
    cached.delete(host.name)
  }
  for (const stray of cached) {
    yield problem('unmapped', `There are facts of ${stray}, which the inventory does not name.`, {
      source: join(folder!, stray),
      element: stray,
    })
  }
  for (const [variable, all] of left) yield unmapped(variable, all, name, places)
  if (!order.upload && whole) yield { kind: 'complete' }
}

function machineOf({ name, groups, variables }: InventoryHost, facts: Facts, where: Where): SeenItem {
  const first = (names: readonly string[]) => names.map((one) => variables[one]).find((value) => value !== undefined)
  const { description } = variables
  return {
    kind: 'item',
    ref: name,
    className: 'ComputerSystem',
    name,
    key: name,
    attributes: known({
      ...machineFacts(facts),
      address: first(ADDRESS) === undefined ? undefined : String(first(ADDRESS)),
      port: Number(first(PORT)) || undefined,
      description: description === undefined ? undefined : String(description),
      tags: groups.length ? groups : undefined,
    }),
    identifiers: marksOf(facts),
    where,
  }
}

/** Where the first of its hosts has it, or the group of that one. */
function unmapped(variable: string, hosts: readonly InventoryHost[], source: string, places: Places): Problem {
  const [first] = hosts as [InventoryHost]
  const names = hosts.slice(0, 5).map(({ name }) => name)
  const some = names.join(', ') + (hosts.length > 5 ? ` and ${hosts.length - 5} more` : '')
  const line = places.lineOf(first.written, [...first.groups, 'all'], variable)
  return problem('unmapped', `No attribute is for the variable ${variable} of ${some}.`, {
    source,
    ...(line ? { line } : {}),
    element: `${first.name} ${variable}`,
  })
}

/** What is no inventory is an error of the whole. */
function toldBy(source: string, text: string): InventoryText | Problem {
  try {
    return inventoryOf(source, text)
  } catch (error) {
    if (!(error instanceof InventoryFault)) throw error
    const { rule, message, where } = error
    return { kind: 'problem', severity: 'error', rule, message: `${source}: ${message}`, where: { source, ...where } }
  }
}

const problem = (rule: string, message: string, where: Where): Problem => {
  return { kind: 'problem', severity: 'warning', rule, message, where }
}

async function inventoryText({ upload, product }: ReadOrder): Promise<{ name: string; text: string }> {
  if (upload) {
    const chunks: Buffer[] = []
    for await (const chunk of upload.open()) chunks.push(Buffer.from(chunk as Buffer))
    return { name: upload.name, text: Buffer.concat(chunks).toString('utf8') }
  }
  const path = String(product.config.inventory)
  const found = await stat(path).catch(() => null)
  if (!found?.isFile()) throw new Error(`There is no file ${path}.`)
  if (found.size > MOST_BYTES) throw new Error(`${path} is larger than ${MOST_BYTES} bytes.`)
  return { name: basename(path), text: await readFile(path, 'utf8') }
}

const namesIn = (folder: string) =>
  readdir(folder).catch(() => {
    throw new Error(`There is no folder ${folder} of facts.`)
  })

/** As the jsonfile cache writes it, or as `ansible -m setup --tree` does. */
async function factsOf(file: string): Promise<Facts | Error> {
  try {
    const told = parseJson(await readFile(file, 'utf8')) as Facts
    return (told.ansible_facts as Facts | undefined) ?? told
  } catch (error) {
    return error as Error
  }
}

import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { DiscoveryAdapter, Problem, ReadOrder, SeenItem, Sighting, Where } from '../adapter.ts'
import { checkConfig, configFields } from './config.ts'
import { known, machineFacts, marksOf, partsOf, type Facts } from './facts.ts'
import { inventoryOf, type InventoryHost } from './inventory.ts'

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
  const hosts = inventoryOf(name, text)
  const folder = order.upload ? undefined : (order.product.config.facts as string | undefined)
  const cached = new Set(folder ? await namesIn(folder) : [])
  const left = new Map<string, string[]>()
  let whole = true
  yield { kind: 'scope', name: 'inventory', of: 1 }
  for (const host of hosts) {
    order.signal.throwIfAborted()
    for (const variable of Object.keys(host.variables)) {
      if (!TAKEN.has(variable)) left.set(variable, [...(left.get(variable) ?? []), host.name])
    }
    const facts = cached.has(host.name) ? await factsOf(join(folder!, host.name)) : {}
    if (facts instanceof Error) {
      whole = false
      yield problem('facts', `The facts of ${host.name} cannot be read: ${facts.message}.`, {
        source: join(folder!, host.name),
      })
    }
    yield machineOf(host, facts instanceof Error ? {} : facts, name)
    if (!(facts instanceof Error)) yield* partsOf(host.name, facts)
    cached.delete(host.name)
  }
  for (const stray of cached) {
    yield problem('unmapped', `There are facts of ${stray}, which the inventory does not name.`, {
      source: join(folder!, stray),
    })
  }
  for (const [variable, names] of left) yield unmapped(variable, names, name)
  if (!order.upload && whole) yield { kind: 'complete' }
}

function machineOf({ name, groups, variables }: InventoryHost, facts: Facts, source: string): SeenItem {
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
    where: { source, element: name },
  }
}

function unmapped(variable: string, hosts: string[], source: string): Problem {
  const some = hosts.slice(0, 5).join(', ') + (hosts.length > 5 ? ` and ${hosts.length - 5} more` : '')
  return problem('unmapped', `No attribute is for the variable ${variable} of ${some}.`, { source, element: variable })
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
    const told = JSON.parse(await readFile(file, 'utf8')) as Facts
    return (told.ansible_facts as Facts | undefined) ?? told
  } catch (error) {
    return error as Error
  }
}

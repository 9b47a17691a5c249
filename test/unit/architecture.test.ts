import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')

/** Folders of server/ from the top of the house to its ground; a file may import from its own line and those below. */
const FLOORS = [
  ['demo', 'query', 'transfer'],
  ['sample'],
  ['overview'],
  ['approval', 'validation'],
  ['deployment'],
  ['task'],
  ['release'],
  ['library'],
  ['reconciliation'],
  ['discovery'],
  ['product'],
  ['item'],
  ['catalogue'],
  ['http'],
  ['audit', 'account'],
  ['integrations'],
  ['kernel'],
]

interface Import {
  from: string
  to: string
}

function sources(folder: string): string[] {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(
      (name) => /\.(ts|vue|mts|mjs)$/.test(name) && !/(^|\/)(gql|node_modules)\//.test(name) && !name.endsWith('.d.ts'),
    )
    .map((name) => join(folder, name))
}

function importsOf(files: string[]): Import[] {
  return files.flatMap((from) => {
    const text = readFileSync(join(root, from), 'utf8')
    const script = from.endsWith('.vue')
      ? [...text.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)].map((match) => match[1]).join('\n')
      : text
    return ts
      .preProcessFile(script, true, true)
      .importedFiles.map(({ fileName }) => fileName)
      .filter((name) => name.startsWith('.') || name.startsWith('@/'))
      .map((name) => ({
        from,
        to: name.startsWith('@/')
          ? join('dashboard/src', name.slice(2))
          : relative(root, resolve(root, dirname(from), name)),
      }))
  })
}

const server = sources('server')
const dashboard = sources('dashboard/src')
const folderOf = (path: string, depth = 1) => path.split('/').slice(depth, depth + 1)[0]!
const floorOf = (path: string) => FLOORS.findIndex((floor) => floor.includes(folderOf(path)))
const isInFolder = (path: string, depth = 1) => path.split('/').length > depth + 1

describe('the server', () => {
  const imports = importsOf(server).filter(({ from }) => isInFolder(from))

  test('has no folder that the map does not place', () => {
    const folders = new Set(server.filter((path) => isInFolder(path)).map((path) => folderOf(path)))
    folders.delete('migrations')
    expect([...folders].filter((folder) => !FLOORS.flat().includes(folder))).toEqual([])
  })

  test('imports only downwards', () => {
    const wrong = imports.filter(({ from, to }) => {
      if (
        !to.startsWith('server/') ||
        !isInFolder(to) ||
        [folderOf(from), folderOf(to)].includes('migrations') ||
        folderOf(from) === folderOf(to)
      )
        return false
      return (
        floorOf(from) > floorOf(to) ||
        (floorOf(from) === floorOf(to) && floorOf(from) !== -1 && !['audit', 'account'].includes(folderOf(from)))
      )
    })
    expect(wrong.map(({ from, to }) => `${from} → ${to}`)).toEqual([])
  })

  test('has integration modules that know only what they owe the engine', () => {
    const wrong = imports.filter(
      ({ from, to }) =>
        /^server\/integrations\/[^/]+\//.test(from) &&
        !to.startsWith(dirname(from)) &&
        to !== 'server/integrations/integration.ts',
    )
    expect(wrong.map(({ from, to }) => `${from} → ${to}`)).toEqual([])
  })

  test('has discovery adapters that know only what they owe the loader', () => {
    const wrong = imports.filter(
      ({ from, to }) =>
        /^server\/discovery\/adapters\/[^/]+\//.test(from) &&
        !to.startsWith(from.split('/').slice(0, 4).join('/')) &&
        ![
          'server/discovery/adapters/adapter.ts',
          // What several of them need to read their texts; it knows nothing of ours.
          'server/discovery/adapters/json-text.ts',
          'server/integrations/integration.ts',
        ].includes(to),
    )
    expect(wrong.map(({ from, to }) => `${from} → ${to}`)).toEqual([])
  })

  test('has validation rules that ask the recorder and read nothing themselves', () => {
    const wrong = server
      .filter((path) => path.startsWith('server/validation/rules/') && !path.endsWith('all-rules.ts'))
      .flatMap((path) => {
        const text = readFileSync(join(root, path), 'utf8')
        const brought = [...text.matchAll(/^import (type )?.*? from '([^']+)'$/gms)]
        return brought
          .filter(([, onlyType, from]) => !onlyType && from !== './rule.ts')
          .map(([, , from]) => `${path} → ${from}`)
      })
    expect(wrong).toEqual([])
  })

  test('keeps nothing that changes at module level', () => {
    // What the sample's machines run are programs of their own.
    const modules = server.filter((path) => !path.startsWith('server/sample/machine/'))
    const changing = modules.flatMap((path) =>
      [
        ...readFileSync(join(root, path), 'utf8').matchAll(
          /^(?:export )?(?:let |const \w+ = new (?:Weak)?(?:Map|Set)\(\)).*$/gm,
        ),
      ].map(([line]) => `${path}: ${line}`),
    )
    expect(changing).toEqual([])
  })

  test('never imports tests or the dashboard', () => {
    expect(importsOf(server).filter(({ to }) => /^(test|dashboard)\//.test(to))).toEqual([])
  })
})

describe('the dashboard', () => {
  const imports = importsOf(dashboard)

  test('reaches the server only through the schema', () => {
    expect(imports.filter(({ to }) => to.startsWith('server/') || to.startsWith('test/'))).toEqual([])
  })

  test('has features that do not import pages or each other', () => {
    const wrong = imports.filter(({ from, to }) => {
      if (!from.startsWith('dashboard/src/features/')) return false
      return (
        to.startsWith('dashboard/src/pages/') ||
        (to.startsWith('dashboard/src/features/') && folderOf(to, 3) !== folderOf(from, 3))
      )
    })
    expect(wrong.map(({ from, to }) => `${from} → ${to}`)).toEqual([])
  })

  test('has components that know no domain', () => {
    const wrong = imports.filter(
      ({ from, to }) =>
        from.startsWith('dashboard/src/components/') && /^dashboard\/src\/(pages|features|gql|graphql)\//.test(to),
    )
    expect(wrong.map(({ from, to }) => `${from} → ${to}`)).toEqual([])
  })
})

describe('every file', () => {
  const all = [...server, ...dashboard, ...sources('test')]

  test('is short: at most 400 lines, tests 600', () => {
    const lengthOf = (path: string) => readFileSync(join(root, path), 'utf8').split('\n').length
    const long = all.filter((path) => lengthOf(path) > (path.startsWith('test/') ? 600 : 400))
    expect(long).toEqual([])
  })

  test('says what it imports by name: no barrel files, no default exports', () => {
    const configs = /(vite|vitest|eslint)\.config|\.vue$/
    const wrong = all.filter(
      (path) => !configs.test(path) && /^export (\* from|default )/m.test(readFileSync(join(root, path), 'utf8')),
    )
    expect(wrong).toEqual([])
  })
})

test('the root holds at most 15 entries', () => {
  const ignored = new Set([
    'node_modules',
    'dist',
    '.git',
    ...readFileSync(join(root, '.gitignore'), 'utf8')
      .split('\n')
      .map((line) => line.replace(/\/$/, '')),
  ])
  expect(readdirSync(root).filter((name) => !ignored.has(name)).length).toBeLessThanOrEqual(15)
})

// Starts one of Waybill's programs (`node server/launch.mjs main`), built first if the sources are newer than the last
// build (`node server/launch.mjs build` does only that). Plain JavaScript that also an old Node can read, because it is what tells people that their Node is too old.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import module, { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const OLDEST_NODE = [22, 17]
/**
 * Programs that run from their sources where this Node can do that: they ask a Waybill that runs, perhaps from the build
 * of this folder, which must not be replaced under it.
 */
const UNBUILT = process.features.typescript ? ['query'] : []
const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const stamp = join(root, 'dist', 'built')

/** One line on stderr, exit code 2: the same grammar as the programs' own refusals. */
function refuse(sentence) {
  process.stderr.write(`Waybill cannot start: ${sentence}\n`)
  process.exit(2)
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return
  const brought = existsSync(join(root, 'node_modules', '.bin', 'node'))
  refuse(
    `it needs Node ${OLDEST_NODE.join('.')} or later, and this is ${process.version}. ` +
      (brought
        ? 'Start it through npm ("npm start", "npm run demo"), which uses the Node 24 in node_modules.'
        : 'Run "npm ci" with optional packages, which brings Node 24 for most machines, or install Node 24.'),
  )
}

/** Time of the newest file that the build is made of, in milliseconds. */
function newest(path) {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) return 0
  if (!found.isDirectory()) return found.mtimeMs
  // The folder's own time tells of files that were removed.
  return readdirSync(path)
    .filter((name) => name !== 'gql' && name !== 'typed-router.d.ts')
    .reduce((latest, name) => Math.max(latest, newest(join(path, name))), 0)
}

function isBuilt(name) {
  const built = statSync(stamp, { throwIfNoEntry: false })
  const made = [`dist/server/${name}.js`, 'dist/dashboard/index.html', 'dashboard/src/gql/index.ts']
  if (!built || !made.every((file) => existsSync(join(root, file)))) return false
  const sources = ['server', 'dashboard', 'schema.graphql', 'codegen.yml', 'package-lock.json', 'tsconfig.json']
  return sources.every((source) => newest(join(root, source)) <= built.mtimeMs)
}

/** Runs a tool of node_modules; what it says is shown only when it fails. */
function tool(name, binary, ...args) {
  const main = join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), binary)
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, [main, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    child.stdout.on('data', (chunk) => (said += chunk))
    child.stderr.on('data', (chunk) => (said += chunk))
    child.on('error', failed)
    child.on('close', (code) => (code === 0 ? done() : failed(new Error(`${name} failed:\n${said}`))))
  })
}

async function build() {
  const startedAt = new Date()
  process.stderr.write('Building Waybill, once after each change (some seconds) ...\n')
  try {
    const server = tool('vite', 'bin/vite.js', 'build', '--config', 'server/vite.config.ts')
    const dashboard = existsSync(join(root, 'dashboard', 'vite.config.ts'))
      ? tool('@graphql-codegen/cli', 'esm/bin.js').then(() =>
          tool('vite', 'bin/vite.js', 'build', '--config', 'dashboard/vite.config.ts'),
        )
      : undefined
    await Promise.all([server, dashboard])
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND') {
      refuse('the tools that build it are missing. Run "npm ci" without --omit=dev and without NODE_ENV=production.')
    }
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  }
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, `${startedAt.toISOString()}\n`)
}

checkNode()
const name = process.argv[2] ?? 'main'
const unbuilt = UNBUILT.includes(name)
if (!unbuilt && !isBuilt(name === 'build' ? 'main' : name)) await build()
if (name !== 'build') {
  // Some libraries check themselves at every step unless they are told that this is no development.
  process.env.NODE_ENV ??= 'production'
  // What Node made of the sources at the last start is half of the next one; where it cannot be kept, nothing is lost.
  module.enableCompileCache?.(join(root, 'dist', 'compiled'))
  process.argv.splice(1, 2, unbuilt ? join(root, 'server', `${name}.ts`) : join(root, 'dist', 'server', `${name}.js`))
  await import(pathToFileURL(process.argv[1]).href)
}

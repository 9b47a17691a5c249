// Runs the benchmarks, all or by name: `npm run bench -- graph`. Each is a program of its own that prints both sides of
// every ratio; what takes long or wants packages of the machine says so in its first lines.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const BENCHES: Record<string, string> = {
  start: 'start.ts',
  deliveries: 'deliveries.ts',
  load: 'load.ts',
  views: 'views.ts',
  page: 'page.ts',
  grid: 'grid.ts',
  log: 'log.ts',
  wall: 'wall.ts',
  idml: 'idml.ts',
  graph: 'graph/debian-graph.ts',
  'large-graph': 'graph/large-graph.ts',
}

const [name, ...rest] = process.argv.slice(2)
if (name && !BENCHES[name]) {
  console.error(`There is no benchmark "${name}". There are: ${Object.keys(BENCHES).join(', ')}.`)
  process.exit(2)
}
for (const each of name ? [name] : Object.keys(BENCHES)) {
  console.log(`\n── ${each}`)
  const child = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, BENCHES[each]!), ...rest], {
    stdio: 'inherit',
  })
  const end = () => void child.kill('SIGTERM')
  process.once('SIGINT', end).once('SIGTERM', end)
  const [code] = (await once(child, 'exit')) as [number | null]
  process.off('SIGINT', end).off('SIGTERM', end)
  if (code !== 0) process.exitCode = 1
}

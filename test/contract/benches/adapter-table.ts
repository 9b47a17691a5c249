/** A table of machines on disk, and broken ones as uploads. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { AdapterBench } from '../adapter.contract.ts'

const MACHINES = `Asset;Host;Serial;CPUs;Runs on;Room
A-1;web-1;S100;4;A-3;Lima
A-2;web-2;S101;8;A-3;Lima
A-3;"rack; left";S102;64;;Quito
`

export async function tableBench(): Promise<AdapterBench> {
  const folder = await mkdtemp(join(tmpdir(), 'tables-'))
  const path = join(folder, 'machines.csv')
  await writeFile(path, MACHINES)
  const mapping = {
    class: 'ComputerSystem',
    name: 'Host',
    key: 'Asset',
    site: 'Room',
    attributes: { serialNumber: 'Serial', cpus: 'CPUs' },
    relationships: [{ type: 'runsOn', class: 'ComputerSystem', column: 'Runs on' }],
  }
  const good = { path, mapping }
  const product = (config: Record<string, unknown>) => ({ id: 'p', name: 'Tables', config })
  const file = (name: string, text: string) => ({ name, open: () => Readable.from([Buffer.from(text)]) })
  return {
    product: product(good),
    badConfigs: [
      { config: { ...good, path: 'here' }, says: /absolute path/ },
      { config: { mapping, watch: 'yes' }, says: /needs a file or folder/ },
      { config: { ...good, watch: 'maybe' }, says: /yes or no/ },
      { config: { ...good, delimiter: 'dot' }, says: /Delimiter must be comma/ },
      { config: { ...good, colour: 'red' }, says: /no setting "colour"/ },
      { config: { ...good, mapping: {} }, says: /needs a class.*\n.*needs a name/ },
      { config: { ...good, mapping: { ...mapping, colour: 'red' } }, says: /no part "colour"/ },
      { config: { ...good, mapping: { ...mapping, relationships: [{ type: 'runsOn' }] } }, says: /Relationship 1 of/ },
      {
        config: { ...good, mapping: { ...mapping, attributes: { cpus: 4 } } },
        says: /attribute cpus must be a column/,
      },
    ],
    unreadable: [
      { product: product({ ...good, path: '/nowhere/at/all' }), says: /it does not exist/ },
      { product: product({ path }), says: /No mapping is set/ },
      { product: product({ mapping }), says: /No file is set/ },
    ],
    refused: [
      { product: product(good), upload: file('m.csv', '\nAsset;Host;Host\nA-1;a;b\n'), rule: 'table', line: 2 },
      { product: product(good), upload: file('m.json', '[\n{}\n'), rule: 'table', line: 3 },
    ],
    flawed: { product: product(good), upload: file('m.csv', MACHINES + 'A-4;web-4\n'), rule: 'row-width' },
    secrets: [],
    close: () => rm(folder, { recursive: true }),
  }
}

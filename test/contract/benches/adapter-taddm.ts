/** A double of TADDM with two hosts, and one with a class that it does not know. */
import { smallModel, startTaddm } from '../../support/taddm-double.ts'
import type { AdapterBench } from '../adapter.contract.ts'

export async function taddmBench(): Promise<AdapterBench> {
  const taddm = await startTaddm(smallModel(2))
  const config = { release: '7.3', url: taddm.url, user: taddm.user, password: taddm.password }
  const product = (more: object = {}) => ({ id: 'p', name: 'TADDM', config: { ...config, ...more } })
  return {
    product: product(),
    badConfigs: [
      { config: { ...config, release: '6' }, says: /Release must be/ },
      { config: { release: '7.3' }, says: /Address must begin[\s\S]*User is missing[\s\S]*Password is missing/ },
      { config: { ...config, url: 'http://a:b@host' }, says: /own settings/ },
      { config: { ...config, classes: 'Computer-System' }, says: /"Computer-System" is no name of a class/ },
      { config: { ...config, fetchSize: '0' }, says: /Objects a request/ },
      { config: { ...config, timeout: 'long' }, says: /Time limit/ },
      { config: { ...config, depth: '2' }, says: /no setting "depth"/ },
    ],
    unreadable: [
      { product: product({ password: 'wrong-secret' }), says: /refuses the user or the password/ },
      { product: product({ release: 'off' }), says: /switched off/ },
      { product: product({ release: '7.1' }), says: /no REST API/ },
    ],
    flawed: { product: product({ classes: 'ComputerSystem, Wagon' }), rule: 'query' },
    secrets: [taddm.password, 'wrong-secret'],
    close: async () => {
      if (taddm.strange.length > 0) throw new Error(`TADDM has no such request: ${taddm.strange.join(', ')}`)
      await taddm.close()
    },
  }
}

import { block, type Rule } from './rule.ts'

export const packageDigest: Rule = {
  id: 'package-digest',
  title: 'Package is the one that was scanned',
  holds: 'The bytes are those that were scanned.',
  async check(recorder) {
    const { source } = recorder.plan
    const digest = await recorder.askOne('packageDigest', source.uuid)
    const state = await recorder.askOne('packageState', source.uuid)
    const advice = 'Find out who replaced it; publish other bytes under another version.'
    if (state === 'ALERT') {
      const alert = await recorder.askOne('packageAlert', source.uuid)
      const message = `${source.name} has changed in its repository since it was scanned${alert ? `: ${alert}` : '.'}`
      return [block('Digest has changed', message, { advice, evidence: { digest, alert } })]
    }
    if (digest !== null && digest !== source.digest) {
      const message = `${source.name} has the digest ${digest}; the plan was made with ${source.digest}.`
      return [block('Digest has changed', message, { advice, evidence: { digest, planned: source.digest } })]
    }
    return []
  },
}

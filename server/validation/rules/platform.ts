import { block, warning, type Rule } from './rule.ts'

export const platform: Rule = {
  id: 'platform',
  title: 'Package fits the platform',
  holds: 'The package is made for every target.',
  async check(recorder) {
    const { source, targets } = recorder.plan
    const made = await recorder.askOne('packagePlatform', source.uuid)
    const wanted = Object.entries(made ?? {}).filter(([, value]) => value !== 'any') as ['platform' | 'arch', string][]
    // A package for everything does not care what its targets are.
    if (wanted.length === 0) return []
    const found = await recorder.ask(
      'itemPlatform',
      targets.map(({ uuid }) => uuid),
    )
    return targets.flatMap((item) => {
      const has = found.get(item.uuid)!
      const evidence = { package: made, item: has }
      const words = wanted.map(([, value]) => value).join(' ')
      if (wanted.some(([name, value]) => has[name] !== null && has[name] !== value)) {
        const is = [has.platform, has.arch].filter(Boolean).join(' ')
        const message = `${source.name} is made for ${words}; ${item.name} is ${is}.`
        return [
          block('Platform does not fit', message, {
            evidence,
            item,
            advice: 'Choose the build for its platform, or leave it out.',
          }),
        ]
      }
      if (wanted.some(([name]) => has[name] === null)) {
        const message = `${source.name} is made for ${words}; what ${item.name} is, nobody has recorded.`
        return [
          warning('Platform is unknown', message, { evidence, item, advice: 'Run discovery, or set its attributes.' }),
        ]
      }
      return []
    })
  },
}

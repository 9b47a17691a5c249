import { block, type Rule } from './rule.ts'

export const packageAvailable: Rule = {
  id: 'package-available',
  title: 'Package is available',
  holds: 'The library has the package and nobody withdrew it.',
  async check(recorder) {
    const { source } = recorder.plan
    const state = await recorder.askOne('packageState', source.uuid)
    const evidence = { package: source.name, state }
    if (state === null) {
      const message = `The library does not know ${source.name}.`
      return [
        block('Package is unknown', message, { evidence, advice: 'Scan its repository, or choose another version.' }),
      ]
    }
    if (state === 'WITHDRAWN') {
      const message = `${source.name} was withdrawn from the library.`
      return [block('Package is withdrawn', message, { evidence, advice: 'Choose a version that is available.' })]
    }
    if (!(await recorder.askOne('packageHeld', source.uuid))) {
      const message = `The library knows ${source.name} but does not hold its bytes.`
      return [block('Package has no bytes', message, { evidence, advice: 'Scan its repository again.' })]
    }
    return []
  },
}

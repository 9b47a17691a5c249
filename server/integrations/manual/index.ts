/** Products without automation: people carry the software, guided by instructions and a checklist. See README.md. */
import type { AttemptOrder, ConfigField, ManualIntegration } from '../integration.ts'

const configFields: ConfigField[] = [
  { name: 'contact', title: 'Contact', help: 'Who carries out the work, e.g. a team or an address.', required: false },
  {
    name: 'procedure',
    title: 'Procedure',
    help: 'What has to be done beyond the standard steps, one step a line.',
    required: false,
  },
]

const maxProcedure = 10_000 // characters

export function createManual(): ManualIntegration {
  return {
    id: 'manual',
    title: 'Manual distribution',
    mode: 'manual',
    configFields,

    checkConfig(config) {
      const known = configFields.map(({ name }) => name)
      const unknown = Object.keys(config).filter((name) => !known.includes(name))
      const wrong = known.filter((name) => config[name] !== undefined && typeof config[name] !== 'string')
      const long = String(config.procedure ?? '').length > maxProcedure
      return [
        ...unknown.map((name) => `There is no setting "${name}"; manual distribution has "contact" and "procedure".`),
        ...wrong.map((name) => `The setting "${name}" must be text.`),
        ...(long ? [`The procedure must not be longer than ${maxProcedure} characters.`] : []),
      ]
    },

    async instructions({ product, attempts }) {
      return attempts.map((attempt) => ({
        attemptId: attempt.attemptId,
        title: `Install ${attempt.package.name} ${attempt.package.version} on ${attempt.target.name}`,
        steps: stepsFor(attempt, product.config),
      }))
    },
  }
}

function stepsFor(
  { package: what, previousVersion, target }: AttemptOrder,
  { contact, procedure }: Record<string, unknown>,
) {
  const { address, site } = target.facts
  const where = [target.name, address && `at ${address}`, site && `in ${site}`].filter(Boolean).join(' ')
  const own = typeof procedure === 'string' ? procedure.split('\n').map((line) => line.trim()) : []
  return [
    ...(typeof contact === 'string' && contact !== '' ? [`Agree on the work with ${contact}.`] : []),
    `Fetch ${what.name} ${what.version} (${what.size} bytes) from the library and check that its digest is ${what.digest}.`,
    previousVersion
      ? `Replace ${what.name} ${previousVersion} by ${what.version} on ${where}.`
      : `Install ${what.name} ${what.version} on ${where}.`,
    ...own.filter((line) => line !== ''),
    `See that the service is well, and note the version it reports: it must be ${what.version}.`,
    'Confirm with your name, or say what went wrong.',
  ]
}

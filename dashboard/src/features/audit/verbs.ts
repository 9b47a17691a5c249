/** "deploymentRetryFailed" → "Deployment: retry failed". The noun stands first, as in the API, save in signIn and its kin. */
export function verbOf(mutation: string) {
  const [noun = mutation, ...verb] = mutation.split(/(?=[A-Z])/)
  const subject = noun.charAt(0).toUpperCase() + noun.slice(1)
  if (noun === 'sign') return [subject, ...verb.map((word) => word.toLowerCase())].join(' ')
  return verb.length > 0 ? `${subject}: ${verb.join(' ').toLowerCase()}` : subject
}

/** "deploymentRetryFailed" → "Deployment: retry failed". The noun stands first, as in the API. */
export function verbOf(mutation: string) {
  const [noun = mutation, ...verb] = mutation.split(/(?=[A-Z])/)
  const subject = noun.charAt(0).toUpperCase() + noun.slice(1)
  return verb.length > 0 ? `${subject}: ${verb.join(' ').toLowerCase()}` : subject
}

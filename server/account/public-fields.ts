/**
 * The whole of what answers without a sign-in; everything else carries @Authorized (a test goes over the schema).
 * What such a field shows, it shows to everybody who reaches the port.
 */
export const PUBLIC_FIELDS: readonly string[] = [
  'Query.installation',
  'Query.viewer',
  'Mutation.installationSetUp',
  'Mutation.invitationAccept',
  'Mutation.signIn',
  'Mutation.signInWithLink',
]

import { Arg, Authorized, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql'
import type { Context } from '../kernel/context.ts'
import { toNodeId } from '../kernel/node-id.ts'
import { PlainInput } from '../kernel/mutation.ts'
import { Account } from './account.entity.ts'
import { accountField } from './account.fields.ts'
import {
  InstallationSetUpInput,
  InvitationAcceptInput,
  PasswordChangeInput,
  SignInInput,
  SignInWithLinkInput,
} from './account.inputs.ts'
import {
  AccountPayload,
  Installation,
  SignOutPayload,
  ViewerPayload,
  ViewerPermission,
  ViewerType,
} from './account.types.ts'
import { isSetUp } from './one-time-link.ts'
import { permissions } from './permissions.ts'
import {
  acceptInvitation,
  changePassword,
  setUpInstallation,
  signIn,
  signInWithLink,
  signOut,
} from './sign-in.service.ts'

@Resolver(() => ViewerType)
export class SignInResolver {
  @Query(() => ViewerType, { nullable: true, description: 'The caller; null when nobody is signed in.' })
  viewer(@Ctx() { viewer }: Context): ViewerType | null {
    return viewer && viewer.via !== 'system' ? { viewer } : null
  }

  @Query(() => Installation)
  async installation(@Ctx() { em, services }: Context): Promise<Installation> {
    const { version, sample } = services.accounts.installation
    const { offered, opened } = await sample(em)
    return { setUp: await isSetUp(em), sampleOffered: offered, sampleOpened: opened, version }
  }

  @Mutation(() => ViewerPayload, { description: 'Makes the first account, an administrator, by the printed link.' })
  async installationSetUp(
    @Arg('input', () => InstallationSetUpInput) input: InstallationSetUpInput,
    @Ctx() context: Context,
  ): Promise<ViewerPayload> {
    await setUpInstallation(context, input)
    return { viewer: this.viewer(context) }
  }

  @Mutation(() => ViewerPayload, { description: 'Takes over the account of an invitation and signs in.' })
  async invitationAccept(
    @Arg('input', () => InvitationAcceptInput) input: InvitationAcceptInput,
    @Ctx() context: Context,
  ): Promise<ViewerPayload> {
    await acceptInvitation(context, input)
    return { viewer: this.viewer(context) }
  }

  @Mutation(() => ViewerPayload, { description: 'Begins a session; its cookie comes with the answer.' })
  async signIn(@Arg('input', () => SignInInput) input: SignInInput, @Ctx() context: Context): Promise<ViewerPayload> {
    await signIn(context, input)
    return { viewer: this.viewer(context) }
  }

  @Mutation(() => ViewerPayload, { description: 'Begins a session by a link that the server gave out.' })
  async signInWithLink(
    @Arg('input', () => SignInWithLinkInput) input: SignInWithLinkInput,
    @Ctx() context: Context,
  ): Promise<ViewerPayload> {
    await signInWithLink(context, input.token)
    return { viewer: this.viewer(context) }
  }

  @Authorized()
  @Mutation(() => SignOutPayload, { description: 'Ends the session; its sockets close.' })
  async signOut(@Arg('input', () => PlainInput) _input: PlainInput, @Ctx() context: Context): Promise<SignOutPayload> {
    await signOut(context)
    return { signedOut: true }
  }

  @Authorized()
  @Mutation(() => AccountPayload, { description: 'Changes one’s own password and ends all other sessions.' })
  async passwordChange(
    @Arg('input', () => PasswordChangeInput) input: PasswordChangeInput,
    @Ctx() context: Context,
  ): Promise<AccountPayload> {
    return { account: await changePassword(context, input) }
  }

  @FieldResolver(() => Account)
  async account(@Root() { viewer }: ViewerType, @Ctx() context: Context): Promise<Account | null> {
    return accountField(context, viewer.accountId)
  }

  @FieldResolver(() => [ViewerPermission], { description: 'What the caller may do, and where.' })
  permissions(@Root() { viewer }: ViewerType): ViewerPermission[] {
    return Object.keys(permissions).flatMap((permission): ViewerPermission[] => {
      const reach = viewer.reach(permission)
      if (reach === 'estate') return [{ permission, estate: true, scopeIds: [] }]
      if (reach.length === 0) return []
      return [{ permission, estate: false, scopeIds: reach.map((uuid) => toNodeId('ci', uuid)) }]
    })
  }
}

import { Field, ObjectType } from 'type-graphql'
import { connectionOf } from '../kernel/connection.ts'
import { MutationPayload } from '../kernel/mutation.ts'
import { SavedView } from './saved-view.entity.ts'

export const SavedViewConnection = connectionOf('SavedView', () => SavedView)

@ObjectType()
export class SavedViewPayload extends MutationPayload {
  @Field(() => SavedView, { nullable: true })
  savedView?: SavedView | null
}

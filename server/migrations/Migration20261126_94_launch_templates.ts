import { Migration } from '@mikro-orm/migrations'

/** Where a job is seen in its product, the module says; nothing ever set a template beside it. */
export class Migration20261126_94_launch_templates extends Migration {
  override up(): void {
    this.addSql('alter table management_product drop column launch_templates')
  }
}

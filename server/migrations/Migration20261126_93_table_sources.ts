import { Migration } from '@mikro-orm/migrations'

/** The list of trusted sources that every installation begins with named tables of a file by a kind that no product has. */
export class Migration20261126_93_table_sources extends Migration {
  override up(): void {
    this.addSql(
      `update identity_rule set "values" = jsonb_set("values", '{0,sources,7}', '"table"'), version = version + 1, updated_at = now()
       where class_name = '*' and version = 1 and "values" =
         '[{"attribute": "*", "sources": ["ssh", "local", "ansible", "kubernetes", "taddm", "idml", "netbox", "csv"]}]'`,
    )
  }
}

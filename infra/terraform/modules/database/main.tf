# PostgreSQL flexible server, reachable from the network alone. The administrator's password is made here and lives in the vault.
resource "random_password" "administrator" {
  length           = 40
  override_special = "-_.~"
}

resource "azurerm_postgresql_flexible_server" "this" {
  name                          = "${var.name}-state"
  location                      = var.location
  resource_group_name           = var.resource_group
  version                       = "15"
  sku_name                      = var.sku
  storage_mb                    = var.storage_mb
  auto_grow_enabled             = true
  backup_retention_days         = var.backup_days
  geo_redundant_backup_enabled  = var.highly_available
  delegated_subnet_id           = var.subnet_id
  private_dns_zone_id           = var.dns_zone_id
  public_network_access_enabled = false
  administrator_login           = "pipeline"
  administrator_password        = random_password.administrator.result
  tags                          = var.tags

  dynamic "high_availability" {
    for_each = var.highly_available ? [1] : []

    content {
      mode = "ZoneRedundant"
    }
  }

  lifecycle {
    # Azure picks the zones, and swaps them at a fail-over.
    ignore_changes = [zone, high_availability[0].standby_availability_zone]
  }
}

resource "azurerm_postgresql_flexible_server_database" "state" {
  name      = "pipeline"
  server_id = azurerm_postgresql_flexible_server.this.id
  charset   = "UTF8"
  collation = "C.utf8"

  lifecycle {
    prevent_destroy = true
  }
}

resource "azurerm_key_vault_secret" "connection" {
  name         = "state-connection"
  key_vault_id = var.vault_id
  content_type = "Npgsql connection string"

  value = join(";", [
    "Host=${azurerm_postgresql_flexible_server.this.fqdn}",
    "Database=${azurerm_postgresql_flexible_server_database.state.name}",
    "Username=${azurerm_postgresql_flexible_server.this.administrator_login}",
    "Password=${random_password.administrator.result}",
    "SSL Mode=VerifyFull",
  ])
}

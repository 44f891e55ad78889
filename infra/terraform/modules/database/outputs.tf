output "host" {
  description = "Name of the server inside the network."
  value       = azurerm_postgresql_flexible_server.this.fqdn
}

output "connection_secret" {
  description = "Name of the vault's secret that holds the connection string."
  value       = azurerm_key_vault_secret.connection.name
}

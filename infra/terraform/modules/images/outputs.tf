output "login_server" {
  description = "Host of the registry, the prefix of every image's name."
  value       = azurerm_container_registry.this.login_server
}

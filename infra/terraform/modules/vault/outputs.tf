output "id" {
  description = "The vault."
  value       = azurerm_key_vault.this.id

  # Whoever writes a secret needs the operator's role first.
  depends_on = [azurerm_role_assignment.operator]
}

output "uri" {
  description = "Address of the vault."
  value       = azurerm_key_vault.this.vault_uri
}

output "account" {
  description = "Name of the storage account, for pipeline.yaml's blobs.azure.account."
  value       = azurerm_storage_account.this.name
}

output "container" {
  description = "Name of the container, for pipeline.yaml's blobs.azure.container."
  value       = azurerm_storage_container.blobs.name
}

output "cluster_subnet_id" {
  description = "Subnet of the cluster's nodes."
  value       = azurerm_subnet.cluster.id
}

output "database_subnet_id" {
  description = "Subnet delegated to PostgreSQL."
  value       = azurerm_subnet.database.id
}

output "endpoints_subnet_id" {
  description = "Subnet of the private endpoints."
  value       = azurerm_subnet.endpoints.id
}

output "database_dns_zone_id" {
  description = "Private DNS zone of the database."
  value       = azurerm_private_dns_zone.database.id

  # The server can only be made once its zone is linked to the network.
  depends_on = [azurerm_private_dns_zone_virtual_network_link.database]
}

output "blob_dns_zone_id" {
  description = "Private DNS zone of the blob endpoint."
  value       = azurerm_private_dns_zone.blob.id
}

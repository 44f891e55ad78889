output "principal_ids" {
  description = "Principal of each identity: orchestrator and worker."
  value       = { for name, identity in azurerm_user_assigned_identity.this : name => identity.principal_id }
}

output "client_ids" {
  description = "Client id of each identity, for the annotations of the service accounts."
  value       = { for name, identity in azurerm_user_assigned_identity.this : name => identity.client_id }
}

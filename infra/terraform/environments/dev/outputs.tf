output "cluster" {
  description = "Name of the cluster."
  value       = module.cluster.name
}

output "image_prefix" {
  description = "Prefix of the images' names."
  value       = module.images.login_server
}

output "blobs" {
  description = "What pipeline.yaml's blobs.azure takes."
  value       = { account = module.storage.account, container = module.storage.container }
}

output "state" {
  description = "Where the state lives; the connection string is the vault's secret."
  value       = { host = module.database.host, vault = module.vault.uri, secret = module.database.connection_secret }
}

output "identities" {
  description = "Client ids for the annotations of the service accounts."
  value       = module.identity.client_ids
}

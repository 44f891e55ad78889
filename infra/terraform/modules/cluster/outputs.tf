output "name" {
  description = "Name of the cluster, for az aks get-credentials."
  value       = azurerm_kubernetes_cluster.this.name
}

output "oidc_issuer_url" {
  description = "Issuer of the service accounts' tokens."
  value       = azurerm_kubernetes_cluster.this.oidc_issuer_url
}

output "kubelet_principal_id" {
  description = "Principal with which the nodes pull images."
  value       = azurerm_kubernetes_cluster.this.kubelet_identity[0].object_id
}

# One identity for the orchestrators and one for the workers, each bound to a Kubernetes service account: no password or key is stored in the
# cluster.
resource "azurerm_user_assigned_identity" "this" {
  for_each = toset(["orchestrator", "worker"])

  name                = "${var.name}-${each.key}"
  location            = var.location
  resource_group_name = var.resource_group
  tags                = var.tags
}

resource "azurerm_federated_identity_credential" "this" {
  for_each = azurerm_user_assigned_identity.this

  name                = each.key
  resource_group_name = var.resource_group
  parent_id           = each.value.id
  audience            = ["api://AzureADTokenExchange"]
  issuer              = var.oidc_issuer_url
  subject             = "system:serviceaccount:${var.namespace}:${each.key}"
}

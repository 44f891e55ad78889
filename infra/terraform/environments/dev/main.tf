provider "azurerm" {
  subscription_id     = var.subscription_id
  storage_use_azuread = true

  features {}
}

locals {
  name = "pipeline-dev"
  tags = { project = "pipeline", environment = "dev" }
}

resource "azurerm_resource_group" "this" {
  name     = local.name
  location = var.location
  tags     = local.tags
}

module "network" {
  source = "../../modules/network"

  name           = local.name
  location       = var.location
  resource_group = azurerm_resource_group.this.name
  tags           = local.tags
}

module "cluster" {
  source = "../../modules/cluster"

  name            = local.name
  location        = var.location
  resource_group  = azurerm_resource_group.this.name
  tags            = local.tags
  subnet_id       = module.network.cluster_subnet_id
  admin_group_ids = var.admin_group_ids
}

module "identity" {
  source = "../../modules/identity"

  name            = local.name
  location        = var.location
  resource_group  = azurerm_resource_group.this.name
  tags            = local.tags
  oidc_issuer_url = module.cluster.oidc_issuer_url
}

module "vault" {
  source = "../../modules/vault"

  name                 = local.name
  location             = var.location
  resource_group       = azurerm_resource_group.this.name
  tags                 = local.tags
  vault_name           = var.vault_name
  reader_principal_ids = { orchestrator = module.identity.principal_ids["orchestrator"] }
}

module "database" {
  source = "../../modules/database"

  name           = local.name
  location       = var.location
  resource_group = azurerm_resource_group.this.name
  tags           = local.tags
  subnet_id      = module.network.database_subnet_id
  dns_zone_id    = module.network.database_dns_zone_id
  vault_id       = module.vault.id
  sku            = "B_Standard_B2s"
}

module "storage" {
  source = "../../modules/storage"

  name                = local.name
  location            = var.location
  resource_group      = azurerm_resource_group.this.name
  tags                = local.tags
  account_name        = var.storage_account_name
  endpoints_subnet_id = module.network.endpoints_subnet_id
  blob_dns_zone_id    = module.network.blob_dns_zone_id
  principal_ids       = module.identity.principal_ids
}

module "images" {
  source = "../../modules/images"

  name                = local.name
  location            = var.location
  resource_group      = azurerm_resource_group.this.name
  tags                = local.tags
  registry_name       = var.container_registry_name
  puller_principal_id = module.cluster.kubelet_principal_id
}

variable "name" {
  description = "Prefix of every resource, for example pipeline-dev: lower-case letters, digits and dashes, 3 to 16 characters."
  type        = string
}

variable "location" {
  description = "Azure region."
  type        = string
}

variable "resource_group" {
  description = "Name of the resource group that holds everything."
  type        = string
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
}

variable "vault_name" {
  description = "Name of the key vault: 3 to 24 letters, digits and dashes, unique in Azure."
  type        = string

  validation {
    condition     = can(regex("^[a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9]$", var.vault_name))
    error_message = "vault_name has 3 to 24 letters, digits and dashes, begins with a letter and does not end in a dash."
  }
}

variable "reader_principal_ids" {
  description = "Principals that read secrets and sign manifests, by name."
  type        = map(string)
}

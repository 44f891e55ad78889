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

variable "account_name" {
  description = "Name of the storage account: 3 to 24 lower-case letters and digits, unique in Azure."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9]{3,24}$", var.account_name))
    error_message = "account_name has 3 to 24 lower-case letters and digits."
  }
}

variable "replication" {
  description = "LRS, ZRS, GRS or GZRS."
  type        = string
  default     = "LRS"

  validation {
    condition     = contains(["LRS", "ZRS", "GRS", "GZRS"], var.replication)
    error_message = "replication is LRS, ZRS, GRS or GZRS."
  }
}

variable "endpoints_subnet_id" {
  description = "Subnet of the private endpoint."
  type        = string
}

variable "blob_dns_zone_id" {
  description = "Private DNS zone of the blob endpoint."
  type        = string
}

variable "principal_ids" {
  description = "Principals that read and write blobs, by name."
  type        = map(string)
}

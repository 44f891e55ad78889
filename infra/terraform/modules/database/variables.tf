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

variable "subnet_id" {
  description = "Subnet delegated to PostgreSQL."
  type        = string
}

variable "dns_zone_id" {
  description = "Private DNS zone of the server."
  type        = string
}

variable "vault_id" {
  description = "Key vault that receives the connection string."
  type        = string
}

variable "sku" {
  description = "Size of the server, for example B_Standard_B2s or GP_Standard_D4ds_v5."
  type        = string
}

variable "storage_mb" {
  description = "Disk in MiB; grows by itself."
  type        = number
  default     = 65536
}

variable "backup_days" {
  description = "Days that backups are kept, 7 to 35."
  type        = number
  default     = 14

  validation {
    condition     = var.backup_days >= 7 && var.backup_days <= 35
    error_message = "backup_days is 7 to 35."
  }
}

variable "highly_available" {
  description = "A standby in another zone, and backups in another region. Needs a general-purpose size."
  type        = bool
  default     = false
}

#!/bin/sh
# Runs once, when the database's volume is made: the API's tables belong to a role that is no superuser.
psql --username "$POSTGRES_USER" -v ON_ERROR_STOP=1 -v password="$OWNER_PASSWORD" <<'SQL'
create role franchise_owner login createrole password :'password';
create database franchise owner franchise_owner;
SQL

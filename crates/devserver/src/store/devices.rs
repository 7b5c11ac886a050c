//! The table of devices: one row for each device of each visitor.

use rusqlite::{OptionalExtension, params};

use super::{Store, StoreError};
use crate::model::{DeviceRow, Timestamp, VisitorId};

impl Store {
    /// Points the device's row at a new socket and moves its expiry. This is
    /// the only thing that moves it.
    pub(crate) fn connect_device(
        &self,
        visitor: VisitorId,
        device: &str,
        connection_id: &str,
        at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.conn.execute(
            "INSERT INTO devices (visitor, device, connection_id, created_at, updated_at, expires_at)
             VALUES (?1, ?2, ?3, ?4, ?4, ?5)
             ON CONFLICT (visitor, device) DO UPDATE SET
                 connection_id = excluded.connection_id,
                 updated_at = excluded.updated_at,
                 expires_at = excluded.expires_at",
            params![visitor.0, device, connection_id, at.0, expires_at.0],
        )?;
        Ok(())
    }

    /// The row of a device.
    pub(crate) fn device(
        &self,
        visitor: VisitorId,
        device: &str,
    ) -> Result<Option<DeviceRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, connection_id, created_at, updated_at, expires_at FROM devices
             WHERE visitor = ?1 AND device = ?2",
        )?;
        let row = statement.query_row(params![visitor.0, device], |row| {
            Ok(DeviceRow {
                row: row.get(0)?,
                connection_id: row.get(1)?,
                device: device.to_owned(),
                visitor,
                created_at: Timestamp(row.get(2)?),
                updated_at: Timestamp(row.get(3)?),
                expires_at: Timestamp(row.get(4)?),
            })
        });
        Ok(row.optional()?)
    }
}

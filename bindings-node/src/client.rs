//! The client.
use napi_derive::napi;
#[napi]
pub struct Client(qlower_client::Client);
impl Client {
    pub(crate) fn client(&self) -> Result<qlower_client::Client, crate::fault::Fault> { Ok(self.0.clone()) }
}

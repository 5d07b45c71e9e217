namespace FuseSharp.Storage.Ranks;

/// <summary>Something on its way between ranks. Transfers are done in the order in which all ranks began them.</summary>
public interface ITransfer
{
    /// <summary>Helps it along where the transport moves only while it is asked; whether it is done. Does not wait.</summary>
    bool Advance();

    /// <summary>Waits until it is done.</summary>
    void Wait();
}
